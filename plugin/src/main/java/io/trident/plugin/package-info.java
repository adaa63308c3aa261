/** The plugin: constructs and wires what the other modules give, and nothing else. */
package io.trident.plugin;
