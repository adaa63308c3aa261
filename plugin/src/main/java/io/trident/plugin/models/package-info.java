/** What a node does with its models unasked: it loads them, and refuses defaults that are none. */
package io.trident.plugin.models;
