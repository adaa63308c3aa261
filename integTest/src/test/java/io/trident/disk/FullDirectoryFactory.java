/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.LockFactory;
import org.apache.lucene.store.NativeFSLockFactory;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.shard.ShardPath;
import org.opensearch.plugins.IndexStorePlugin.DirectoryFactory;

/** Opens folders on a disk that may be full. */
record FullDirectoryFactory(Room room) implements DirectoryFactory {

  @Override
  public Directory newDirectory(IndexSettings settings, ShardPath path) throws IOException {
    Path folder = path.resolveIndex();
    Files.createDirectories(folder);
    return newFSDirectory(folder, NativeFSLockFactory.INSTANCE, settings);
  }

  @Override
  public Directory newFSDirectory(Path folder, LockFactory locks, IndexSettings settings)
      throws IOException {
    return new FullDirectory(FSDirectory.open(folder, locks));
  }

  private final class FullDirectory extends FilterDirectory {
    private FullDirectory(Directory in) {
      super(in);
    }

    @Override
    public IndexOutput createOutput(String name, IOContext context) throws IOException {
      room.take();
      return new FullOutput(in.createOutput(name, context));
    }

    @Override
    public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
        throws IOException {
      room.take();
      return new FullOutput(in.createTempOutput(prefix, suffix, context));
    }
  }

  private final class FullOutput extends FilterIndexOutput {
    private FullOutput(IndexOutput out) {
      super(out.toString(), out.getName(), out);
    }

    @Override
    public void writeByte(byte b) throws IOException {
      room.take();
      super.writeByte(b);
    }

    @Override
    public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
      room.take();
      super.writeBytes(bytes, offset, length);
    }
  }
}
