/** The encoders: from texts to the inputs of a graph, and from its outputs to representations. */
package io.trident.models.encoder;
