/** Models over REST: one handler per route. */
package io.trident.plugin.models.rest;
