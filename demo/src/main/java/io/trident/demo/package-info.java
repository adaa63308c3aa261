/** Searches the Javadoc of Lucene and OpenSearch by meaning: the main job, run from zero. */
package io.trident.demo;
