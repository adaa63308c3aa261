/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec;

import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.FilterIndexInput;
import org.apache.lucene.store.FilterIndexOutput;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexInput;
import org.apache.lucene.store.IndexOutput;

/** A disk of which one call fails, or all from one on. Counts the calls. Not thread-safe. */
final class FaultyDirectory extends FilterDirectory {

  /** What is asked of a disk. */
  enum Call {
    CREATE,
    WRITE,
    CLOSE,
    SYNC,
    RENAME,
    DELETE,
    OPEN,
    READ;

    /** Whether it needs room. */
    boolean takesRoom() {
      return this == CREATE || this == WRITE || this == CLOSE;
    }
  }

  /** How a disk fails. */
  enum Kind {
    /** One call fails. */
    ONCE,
    /** There is no room any more. */
    FULL,
    /** Nothing works any more. */
    GONE;

    /** How a disk can begin to fail at a call. */
    static List<Kind> of(Call call) {
      return call.takesRoom() ? List.of(values()) : List.of(ONCE, GONE);
    }
  }

  private final EnumMap<Call, Integer> counts = new EnumMap<>(Call.class);

  /** The call that fails, null for none; its number among those of its kind, and how. */
  private Call failing;

  private int number;
  private Kind kind;
  private boolean failed;

  FaultyDirectory(Directory in) {
    super(in);
  }

  /** Has the disk fail at a call. */
  void fail(Call call, int at, Kind how) {
    failing = call;
    number = at;
    kind = how;
  }

  /** Repairs the disk. */
  void repair() {
    failing = null;
    failed = false;
  }

  /** How many calls there were. */
  int count(Call call) {
    return counts.getOrDefault(call, 0);
  }

  /** Whether the disk has failed. */
  boolean hasFailed() {
    return failed;
  }

  private void called(Call call, String name) throws IOException {
    int count = counts.merge(call, 1, Integer::sum);
    boolean fails = failed && (kind == Kind.GONE || (kind == Kind.FULL && call.takesRoom()));
    if (fails || (failed == false && call == failing && count == number)) {
      failed = true;
      throw new IOException("fault of the disk: " + kind + " at " + call + " of " + name);
    }
  }

  @Override
  public IndexOutput createOutput(String name, IOContext context) throws IOException {
    called(Call.CREATE, name);
    return new Output(in.createOutput(name, context));
  }

  @Override
  public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
      throws IOException {
    called(Call.CREATE, prefix + suffix);
    return new Output(in.createTempOutput(prefix, suffix, context));
  }

  @Override
  public void sync(Collection<String> names) throws IOException {
    called(Call.SYNC, names.toString());
    super.sync(names);
  }

  @Override
  public void syncMetaData() throws IOException {
    called(Call.SYNC, "the folder");
    super.syncMetaData();
  }

  @Override
  public void rename(String source, String target) throws IOException {
    called(Call.RENAME, source);
    super.rename(source, target);
  }

  @Override
  public void deleteFile(String name) throws IOException {
    called(Call.DELETE, name);
    super.deleteFile(name);
  }

  @Override
  public IndexInput openInput(String name, IOContext context) throws IOException {
    called(Call.OPEN, name);
    return new Input(in.openInput(name, context));
  }

  private final class Output extends FilterIndexOutput {
    private Output(IndexOutput out) {
      super("faulty " + out, out.getName(), out);
    }

    @Override
    public void writeByte(byte b) throws IOException {
      called(Call.WRITE, getName());
      super.writeByte(b);
    }

    @Override
    public void writeBytes(byte[] bytes, int offset, int length) throws IOException {
      called(Call.WRITE, getName());
      super.writeBytes(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      super.close();
      called(Call.CLOSE, getName());
    }
  }

  private final class Input extends FilterIndexInput {
    private Input(IndexInput in) {
      super("faulty " + in, in);
    }

    @Override
    public byte readByte() throws IOException {
      called(Call.READ, toString());
      return super.readByte();
    }

    @Override
    public void readBytes(byte[] bytes, int offset, int length) throws IOException {
      called(Call.READ, toString());
      super.readBytes(bytes, offset, length);
    }

    @Override
    public IndexInput clone() {
      return new Input(in.clone());
    }

    @Override
    public IndexInput slice(String description, long offset, long length) throws IOException {
      return new Input(in.slice(description, offset, length));
    }
  }
}
