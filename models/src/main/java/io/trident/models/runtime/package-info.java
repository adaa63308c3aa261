/** Runs models for a node: loading, bounded pools, deadlines, caching and counting. */
package io.trident.models.runtime;
