/**
 * The SIMD twins of the kernels, on {@code jdk.incubator.vector}. Loaded by name and only when that
 * module is present; nothing outside this package refers to it at compile time.
 */
package io.trident.codec.encoding.panama;
