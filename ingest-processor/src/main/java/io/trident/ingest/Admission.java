/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What a node takes on at once: documents that are being encoded or wait for it, the time that they
 * take, and heap for their vectors until they are handed on. One for all processors of a node.
 * Thread-safe.
 *
 * <p>Requests share the node's threads, so a request waits for as many documents of each other one
 * as it has itself: a small one is let in while a large one is under way. How long a document takes
 * is what those before it took.
 *
 * <p>Documents that came before the node was full are let in, however many they are, so that a
 * request is let in or refused as a whole, also where a pipeline hands its documents over one by
 * one.
 */
public final class Admission {

  /** Documents after which one that finished counts half of what it did. */
  private static final double HALF_LIFE = 128;

  private final int maxDocuments;
  private final long maxBytes;
  private final LongSupplier clock;
  private final Set<Ticket> tickets = new HashSet<>();
  private volatile Duration maxWait;
  private int documents;
  private long bytes;
  private long rejected;

  /** Documents under way that are not encoded yet. */
  private int unfinished;

  /**
   * Nanoseconds from one document's end to the next one's, while there was work. Grows from 0, so
   * that a model which is loaded for the first document does not count for many.
   */
  private double nanosPerDocument;

  /** When a document last ended, or the first of a node without work came, by the clock. */
  private long lastEnd;

  /** Since when as many documents as fit are under way; null when fewer are. */
  private Instant fullSince;

  /**
   * What a node has taken on.
   *
   * @param documents that are under way
   * @param bytes of heap that encoded ones take
   * @param expectedMillis until all of them are encoded
   * @param microsPerDocument that the node takes now
   * @param rejected documents that were refused since the node started
   */
  public record Load(
      int documents, long bytes, long expectedMillis, long microsPerDocument, long rejected) {}

  /**
   * Lets documents in.
   *
   * @param maxDocuments once so many are under way, documents that come then are refused
   * @param maxBytes of heap that encoded documents may take
   * @param maxWait how long a request may have to wait for the documents of others
   */
  public Admission(int maxDocuments, long maxBytes, Duration maxWait) {
    this(maxDocuments, maxBytes, maxWait, System::nanoTime);
  }

  Admission(int maxDocuments, long maxBytes, Duration maxWait, LongSupplier clock) {
    this.maxDocuments = maxDocuments;
    this.maxBytes = maxBytes;
    this.maxWait = maxWait;
    this.clock = clock;
  }

  /** Changes how long requests that come from now on may have to wait. */
  public void setMaxWait(Duration maxWait) {
    this.maxWait = maxWait;
  }

  /** What the node has taken on now. */
  public synchronized Load load() {
    return new Load(
        documents,
        bytes,
        expected(unfinished).toMillis(),
        Math.round(nanosPerDocument / 1_000),
        rejected);
  }

  /**
   * Lets the documents of a request in.
   *
   * @param arrived when they came to the node
   * @throws ModelException REJECTED, none of them being let in
   */
  synchronized Ticket admit(int count, Instant arrived) {
    if (isOpenTo(count, arrived) == false) {
      rejected += count;
      throw new ModelException(ModelException.Kind.REJECTED, refusal(count));
    }
    if (unfinished == 0) {
      lastEnd = clock.getAsLong();
    }
    documents += count;
    unfinished += count;
    Ticket ticket = new Ticket(count);
    tickets.add(ticket);
    noteFullness();
    return ticket;
  }

  private String refusal(int count) {
    String waiting =
        "[" + EncodeProcessor.TYPE + "] is busy: [" + documents + "] documents wait already, ";
    return documents >= maxDocuments
        ? waiting + "the limit is [" + maxDocuments + "]"
        : waiting
            + "it would take about ["
            + before(count).toSeconds()
            + "s] to get to these, the limit is ["
            + maxWait.toSeconds()
            + "s]";
  }

  /** Whether a request with so many documents that came then is let in. */
  synchronized boolean isOpenTo(int count, Instant arrived) {
    return fullSince == null
        || arrived.isAfter(fullSince) == false
        || (documents < maxDocuments && before(count).compareTo(maxWait) <= 0);
  }

  /** How long a request with so many documents waits for others. */
  private Duration before(int count) {
    return expected(tickets.stream().mapToLong(ticket -> Math.min(ticket.unfinished, count)).sum());
  }

  private Duration expected(long count) {
    return Duration.ofNanos((long) (count * nanosPerDocument));
  }

  private void noteFullness() {
    if (documents < maxDocuments && expected(unfinished).compareTo(maxWait) <= 0) {
      fullSince = null;
    } else if (fullSince == null) {
      fullSince = Instant.now();
    }
  }

  private synchronized void finish(Ticket ticket, int count) {
    long now = clock.getAsLong();
    double kept = Math.pow(0.5, count / HALF_LIFE);
    nanosPerDocument = kept * nanosPerDocument + (1 - kept) * (now - lastEnd) / count;
    lastEnd = now;
    ticket.unfinished -= count;
    unfinished -= count;
    noteFullness();
  }

  private synchronized void leave(Ticket ticket) {
    tickets.remove(ticket);
    documents -= ticket.count;
    unfinished -= ticket.unfinished;
    bytes -= ticket.reserved;
    noteFullness();
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
    private int unfinished;
    private long reserved;
    private boolean exhausted;

    private Ticket(int count) {
      this.count = count;
      this.unfinished = count;
    }

    /** So many more of the documents are encoded, or have failed. */
    void finish(int encoded) {
      Admission.this.finish(this, encoded);
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
      leave(this);
    }
  }
}
