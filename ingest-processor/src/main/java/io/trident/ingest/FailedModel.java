/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.ingest;

import io.trident.models.api.ModelException;
import java.util.concurrent.CompletionException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;

/** What a failure of a model means to the documents that waited for it. */
final class FailedModel {

  private FailedModel() {}

  /** The exception to answer with: its status tells a client whether trying again may help. */
  static Exception answer(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof ModelException e) {
      return new OpenSearchStatusException(
          e.getMessage(), RestStatus.fromCode(e.kind().httpStatus()), e);
    }
    return cause instanceof Exception e ? e : new IllegalStateException(cause);
  }

  /** Whether one text of a batch may have made the others fail. */
  static boolean mayBeOneText(Throwable failure) {
    return isOf(ModelException.Kind.FAILED, failure) || isTimeout(failure);
  }

  /** Whether a run hung. */
  static boolean isTimeout(Throwable failure) {
    return isOf(ModelException.Kind.TIMEOUT, failure);
  }

  private static boolean isOf(ModelException.Kind kind, Throwable failure) {
    return cause(failure) instanceof ModelException e && e.kind() == kind;
  }

  private static Throwable cause(Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
