/**
 * The first layout of token vectors on disk: metadata in {@code .tvm}, documents and offsets in
 * {@code .tvi}, codes in {@code .tvd}. {@link
 * io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat} specifies it byte by byte.
 */
package io.trident.codec.tokenvectors104;
