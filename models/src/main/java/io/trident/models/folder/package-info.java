/** A model's folder: its files, wherever they are, and what its {@code trident.json} says. */
package io.trident.models.folder;
