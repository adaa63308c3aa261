/**
 * Models over REST: kept in a system index, fetched and cached by each node that uses them, and
 * listed, tried and checked.
 */
package io.trident.plugin.models;
