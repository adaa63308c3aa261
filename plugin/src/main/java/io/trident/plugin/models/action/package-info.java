/** What is asked of models, and how nodes answer it: list, store, delete, try and check them. */
package io.trident.plugin.models.action;
