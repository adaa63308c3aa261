/**
 * A plugin that restricts what requests see, by the means and at the places of OpenSearch's
 * security plugin, as {@link io.trident.access.Restriction} says. Tests pack it as a ZIP and
 * install it.
 */
package io.trident.access;
