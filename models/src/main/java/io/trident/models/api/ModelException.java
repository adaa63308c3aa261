/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.api;

/** A model could not do what was asked. The message names the model and the cause. */
public class ModelException extends RuntimeException {

  /** What went wrong, and the status to answer a request with that fails for it. */
  public enum Kind {
    /** No model has this id. */
    NOT_FOUND(400),
    /** The request does not fit the model: a representation that it does not give, say. */
    BAD_REQUEST(400),
    /** The model's files are missing, malformed or do not fit its graph. */
    INVALID_MODEL(400),
    /** The queue is full; the same request may succeed later. */
    REJECTED(429),
    /** Reading the model's files failed by what may pass; the same request may succeed again. */
    UNAVAILABLE(503),
    /** The deadline passed before an answer came. */
    TIMEOUT(504),
    /** The run itself failed. */
    FAILED(500);

    private final int httpStatus;

    Kind(int httpStatus) {
      this.httpStatus = httpStatus;
    }

    /** The HTTP status of an answer to a request that needed the model: 4xx or 5xx. */
    public int httpStatus() {
      return httpStatus;
    }
  }

  private static final long serialVersionUID = 1L;

  private final Kind kind;

  public ModelException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public ModelException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }
}
