/**
 * A real OpenSearch as processes of this machine: unpacked, given plugins, started and spoken to.
 */
package io.trident.cluster;
