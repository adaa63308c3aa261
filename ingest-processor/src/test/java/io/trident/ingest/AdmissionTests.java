/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.lucene.tests.util.LuceneTestCase;

/** What a node takes on, by the time that documents take. */
public class AdmissionTests extends LuceneTestCase {

  private static final Instant LATER = Instant.MAX;

  private final AtomicLong now = new AtomicLong(random().nextLong());

  private Admission admission(Duration maxWait) {
    return new Admission(1_000_000, Long.MAX_VALUE, maxWait, now::get);
  }

  /** Documents that take so long, one after the other. */
  private void finish(Admission.Ticket ticket, int count, int millisEach) {
    now.addAndGet(TimeUnit.MILLISECONDS.toNanos((long) millisEach * count));
    ticket.finish(count);
  }

  /** A node that knows how long documents take, and has nothing to do. */
  private Admission seasoned(Duration maxWait, int millisEach) {
    Admission admission = admission(maxWait);
    try (Admission.Ticket past = admission.admit(2_000, Instant.now())) {
      for (int batch = 0; batch < 50; batch++) {
        finish(past, 40, millisEach);
      }
    }
    now.addAndGet(random().nextInt(1_000_000_000)); // an idle node learns nothing
    return admission;
  }

  public void testTheTimeOfDocumentsIsMeasured() {
    int millis = 1 + random().nextInt(1_000);
    Admission admission = seasoned(Duration.ofMinutes(1), millis);
    Admission.Load idle = admission.load();
    assertEquals(1_000.0 * millis, idle.microsPerDocument(), 10.0 * millis);
    assertEquals(0, idle.documents());
    assertEquals(0, idle.expectedMillis());
    try (Admission.Ticket ticket = admission.admit(100, Instant.now())) {
      finish(ticket, 40, millis);
      Admission.Load load = admission.load();
      assertEquals(100, load.documents());
      assertEquals(60.0 * millis, load.expectedMillis(), 1.0 * millis);
    }
    assertEquals(0, admission.load().expectedMillis());
  }

  public void testARequestThatWouldWaitTooLongIsRefused() {
    Admission admission = seasoned(Duration.ofSeconds(10), 100);
    try (Admission.Ticket huge = admission.admit(100_000, LATER)) {
      assertFalse("its documents would wait for as many", admission.isOpenTo(120, LATER));
      assertTrue("it waits for no more than it has itself", admission.isOpenTo(80, LATER));
      ModelException refused =
          expectThrows(ModelException.class, () -> admission.admit(120, LATER));
      assertEquals(ModelException.Kind.REJECTED, refused.kind());
      assertTrue(
          refused.getMessage(),
          refused.getMessage().contains("s] to get to these, the limit is [10s]"));
      assertEquals(120, admission.load().rejected());
      finish(huge, 99_950, 100);
      assertTrue(admission.isOpenTo(120, LATER));
    }
  }

  public void testDocumentsOfARequestThatCameInTimeAreLetInOneByOne() {
    Admission admission = seasoned(Duration.ofSeconds(10), 100);
    Instant arrived = Instant.now();
    List<Admission.Ticket> tickets = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      tickets.add(admission.admit(1, arrived));
    }
    assertFalse(admission.isOpenTo(1, LATER));
    tickets.forEach(Admission.Ticket::close);
    assertTrue(admission.isOpenTo(1, LATER));
  }

  public void testALongerWaitMayBeAllowedLater() {
    Admission admission = seasoned(Duration.ofSeconds(1), 100);
    try (Admission.Ticket others = admission.admit(1_000, LATER)) {
      assertFalse(admission.isOpenTo(1_000, LATER));
      admission.setMaxWait(Duration.ofMinutes(5));
      assertTrue(admission.isOpenTo(1_000, LATER));
      finish(others, 1_000, 100);
    }
  }

  public void testAModelThatIsLoadedForTheFirstDocumentDoesNotCountForMany() {
    Admission admission = admission(Duration.ofMinutes(1));
    try (Admission.Ticket first = admission.admit(1, LATER)) {
      finish(first, 1, 5_000);
    }
    try (Admission.Ticket others = admission.admit(1_000, LATER)) {
      assertTrue(admission.isOpenTo(1_000, LATER));
      finish(others, 1_000, 1);
    }
  }
}
