/** What the models of each node have done, over REST. */
package io.trident.plugin.stats;
