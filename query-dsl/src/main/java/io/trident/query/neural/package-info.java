/**
 * The field type {@code neural_text}: one text field that brings the fields of its vectors. What it
 * makes of a mapping are the field types of {@link io.trident.query.mapper}; see docs/adr/0020.
 */
package io.trident.query.neural;
