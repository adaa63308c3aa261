/**
 * The ingest processor {@code encode}: runs encoders on documents and writes their vectors; and
 * what brings updates by script in a bulk to it.
 */
package io.trident.ingest;
