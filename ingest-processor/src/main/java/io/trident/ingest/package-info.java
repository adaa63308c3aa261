/** The ingest processor {@code encode}: runs encoders on documents and writes their vectors. */
package io.trident.ingest;
