/** What encoding costs: at ingest, for queries, under too much load, and beside a plain loop. */
package io.trident.benchmarks.models;
