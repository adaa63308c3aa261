/**
 * The ingest processor {@code encode}: runs encoders on documents and writes their vectors; what
 * brings updates by script in a bulk to it; and {@code token_vectors}, which pools and codes
 * vectors that come with documents.
 */
package io.trident.ingest;
