package io.trident.models.api;

/** A model could not do what was asked. The message names the model and the cause. */
public class ModelException extends RuntimeException {

  /** What went wrong, so that a caller can choose the status to answer with. */
  public enum Kind {
    /** No model has this id. */
    NOT_FOUND,
    /** The request does not fit the model: a representation that it does not give, say. */
    BAD_REQUEST,
    /** The model's files are missing, malformed or do not fit its graph. */
    INVALID_MODEL,
    /** The queue is full; the same request may succeed later. */
    REJECTED,
    /** The deadline passed before an answer came. */
    TIMEOUT,
    /** The run itself failed. */
    FAILED
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
