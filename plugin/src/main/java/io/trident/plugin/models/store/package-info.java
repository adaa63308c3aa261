/** Models in the cluster's system index, and the copies of them that a node has fetched. */
package io.trident.plugin.models.store;
