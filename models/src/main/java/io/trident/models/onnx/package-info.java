/** ONNX Runtime: the only package that knows it. */
package io.trident.models.onnx;
