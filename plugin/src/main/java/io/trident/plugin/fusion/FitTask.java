/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.fusion;

import java.util.Map;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.tasks.CancellableTask;

/** A fit while it runs. When it is cancelled, so are its searches. */
final class FitTask extends CancellableTask {

  private volatile FitStatus status = new FitStatus(0, 0, 0, 0, 0);

  FitTask(
      long id,
      String type,
      String action,
      String description,
      TaskId parent,
      Map<String, String> headers) {
    super(id, type, action, description, parent, headers);
  }

  @Override
  public boolean shouldCancelChildrenOnCancellation() {
    return true;
  }

  @Override
  public FitStatus getStatus() {
    return status;
  }

  /** Notes how many queries have been searched. */
  void searched(int done, int all) {
    status = new FitStatus(all, done, 0, 0, 0);
  }

  /** Notes how many ways of fusing have been tried. */
  void tried(int done, int all) {
    status = new FitStatus(status.queries(), status.searched(), all, done, 0);
  }

  /** Notes for how many queries a cross-encoder has scored documents. */
  void reranked(int done) {
    status =
        new FitStatus(
            status.queries(), status.searched(), status.settings(), status.settings(), done);
  }

  /** Ends the fit when it has been cancelled. */
  void check() {
    if (isCancelled()) {
      throw new TaskCancelledException("fit was cancelled: [" + getReasonCancelled() + "]");
    }
  }
}
