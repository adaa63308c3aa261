/** The same vectors in Trident and in its peers on one node, searched side by side over HTTP. */
package io.trident.benchmarks.peers;
