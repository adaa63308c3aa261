/**
 * The arithmetic under the formats: levels of codes, and kernels over bytes and floats. Each kernel
 * is an interface with a scalar twin here and a SIMD twin in {@code
 * io.trident.codec.encoding.panama}, chosen once at start; both give the same results.
 */
package io.trident.codec.encoding;
