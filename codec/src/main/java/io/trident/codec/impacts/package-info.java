/**
 * Learned sparse vectors in an index, whatever the version of the format: the {@linkplain
 * io.trident.codec.impacts.ImpactQuantizer quantiser} from weights to impacts, the {@linkplain
 * io.trident.codec.impacts.ImpactVectorField field} that carries them into a document, and the
 * {@linkplain io.trident.codec.impacts.ImpactTerms terms} that give a query the bounds of blocks.
 */
package io.trident.codec.impacts;
