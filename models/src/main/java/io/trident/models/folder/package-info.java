/** The files of a model, wherever they are. */
package io.trident.models.folder;
