/** Brings models that others have published into a node's folder of models. */
package io.trident.published;
