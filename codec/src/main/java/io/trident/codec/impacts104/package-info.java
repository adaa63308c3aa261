/**
 * The impact format born with Lucene 10.4. {@link
 * io.trident.codec.impacts104.Impacts104PostingsFormat} specifies the bytes of its files: {@code
 * .imm} (metadata), {@code .imi} (terms and windows) and {@code .imd} (postings).
 */
package io.trident.codec.impacts104;
