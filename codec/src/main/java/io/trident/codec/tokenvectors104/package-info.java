/**
 * The first layout of token vectors on disk: metadata in {@code .mvm}, documents and offsets in
 * {@code .mvi}, codes in {@code .mvd}. {@link
 * io.trident.codec.tokenvectors104.TokenVectors104DocValuesFormat} specifies it byte by byte.
 */
package io.trident.codec.tokenvectors104;
