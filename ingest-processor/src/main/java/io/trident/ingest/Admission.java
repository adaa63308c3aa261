package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.time.Instant;
import java.util.Locale;

/**
 * What a node takes on at once: documents that are being encoded or wait for it, and heap for their
 * vectors until they are handed on. One for all processors of a node. Thread-safe.
 *
 * <p>Documents that came before the node was full are let in, however many they are, so that a
 * request is let in or refused as a whole, also where a pipeline hands its documents over one by
 * one.
 */
public final class Admission {

  private final int maxDocuments;
  private final long maxBytes;
  private int documents;
  private long bytes;

  /** Since when as many documents as fit are under way; null when fewer are. */
  private Instant fullSince;

  /**
   * Lets documents in.
   *
   * @param maxDocuments once so many are under way, documents that come then are refused
   * @param maxBytes of heap that encoded documents may take
   */
  public Admission(int maxDocuments, long maxBytes) {
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
  }

  /**
   * Lets the documents of a request in.
   *
   * @param arrived when they came to the node
   * @throws ModelException REJECTED, none of them being let in
   */
  synchronized Ticket admit(int count, Instant arrived) {
    if (isOpenTo(arrived) == false) {
      throw new ModelException(
          ModelException.Kind.REJECTED,
          "["
              + EncodeProcessor.TYPE
              + "] is busy: ["
              + documents
              + "] documents wait already, the limit is ["
              + maxDocuments
              + "]");
    }
    documents += count;
    if (documents >= maxDocuments && fullSince == null) {
      fullSince = Instant.now();
    }
    return new Ticket(count);
  }

  /** Whether documents that came then are let in. */
  synchronized boolean isOpenTo(Instant arrived) {
    return fullSince == null || arrived.isAfter(fullSince) == false;
  }

  private synchronized void leave(int count, long freed) {
    documents -= count;
    bytes -= freed;
    if (documents < maxDocuments) {
      fullSince = null;
    }
  }

  private synchronized boolean reserve(long wanted) {
    if (bytes + wanted > maxBytes) {
      return false;
    }
    bytes += wanted;
    return true;
  }

  /** The documents of a request that have been let in; closed when they are handed on. */
  final class Ticket implements AutoCloseable {
    private final int count;
    private long reserved;
    private boolean exhausted;

    private Ticket(int count) {
      this.count = count;
    }

    /**
     * Takes heap for encoded documents.
     *
     * @param wanted bytes; 0 asks whether the request has been refused some before
     * @throws ModelException REJECTED, and from then on always
     */
    synchronized void reserve(long wanted) {
      if (exhausted || Admission.this.reserve(wanted) == false) {
        exhausted = true;
        throw new ModelException(
            ModelException.Kind.REJECTED,
            String.format(
                Locale.ROOT,
                "[%s] has no room for the vectors of more documents, the limit is [%d] bytes: send"
                    + " fewer at a time",
                EncodeProcessor.TYPE,
                maxBytes));
      }
      reserved += wanted;
    }

    @Override
    public synchronized void close() {
      leave(count, reserved);
    }
  }
}
