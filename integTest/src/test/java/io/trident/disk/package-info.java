/**
 * A plugin whose disk fails when a test says so, as {@link io.trident.disk.FaultyDiskPlugin}
 * describes. Tests pack it as a ZIP and install it.
 */
package io.trident.disk;
