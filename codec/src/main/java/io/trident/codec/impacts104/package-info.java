/**
 * The impact format born with Lucene 10.4. {@link
 * io.trident.codec.impacts104.Impacts104PostingsFormat} specifies the bytes of its files: {@code
 * .imm} (metadata), {@code .imi} (terms and blocks) and {@code .imd} (postings). Impacts here are
 * what a token adds to a score, one per posting; {@link org.apache.lucene.index.Impacts} are pairs
 * of frequency and norm that bound scores of stretches of postings.
 */
package io.trident.codec.impacts104;
