/**
 * The options of a model: those of its {@code trident.json}, and those that published layouts
 * imply.
 */
package io.trident.models.config;
