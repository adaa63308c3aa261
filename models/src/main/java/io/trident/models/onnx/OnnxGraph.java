/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.models.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.trident.models.api.ModelException;
import io.trident.models.folder.ModelFolder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A loaded graph. Runs are thread-safe and may be concurrent; close it when no run is under way.
 * All native memory of a run is freed before the run returns.
 */
public final class OnnxGraph implements AutoCloseable {

  /**
   * What the operators are called that find a scale of 8 bits for a whole tensor as the graph runs:
   * DynamicQuantizeLinear and those that optimisers make of it.
   */
  private static final String DYNAMIC = "DynamicQuantize";

  /** Bytes of a file that are looked at together. */
  private static final int STRETCH = 1 << 20;

  /** Dimensions of a vector at most; those of a vocabulary are not meant. */
  private static final long MAX_DIMENSION = 1 << 20;

  /** Values of an output at most: 512 MiB of heap. Logits of one text have half of them. */
  private static final long MAX_OUTPUT = 1L << 27;

  private final ModelFolder folder;
  private final OrtSession session;
  private final Map<String, TensorInfo> inputInfo;
  private final Map<String, TensorInfo> outputInfo;

  private final boolean quantises;
  private final Duration maxTime;

  private OnnxGraph(ModelFolder folder, String file, OrtSession session, Duration maxTime)
      throws OrtException {
    this.folder = folder;
    this.maxTime = maxTime;
    this.quantises = names(folder, file, DYNAMIC);
    this.session = session;
    this.inputInfo = tensors(session.getInputInfo());
    this.outputInfo = tensors(session.getOutputInfo());
  }

  /**
   * Loads a graph. A graph on disk is read by ONNX Runtime itself: it may have its weights in files
   * beside it, and the heap need not hold it.
   *
   * @param file the graph's file
   */
  public static OnnxGraph load(ModelFolder folder, String file, GraphOptions graphOptions) {
    return load(folder, file, graphOptions, BoundedRun.MAX_TIME);
  }

  /**
   * Loads a graph.
   *
   * @param maxTime what a run may take
   */
  static OnnxGraph load(
      ModelFolder folder, String file, GraphOptions graphOptions, Duration maxTime) {
    OrtSession session = null;
    OnnxGraph loaded = null;
    try {
      session = session(folder, file, graphOptions);
      loaded = new OnnxGraph(folder, file, session, maxTime);
      return loaded;
    } catch (OrtException e) {
      throw unloadable(folder, file, e);
    } finally {
      if (loaded == null && session != null) {
        close(folder, session);
      }
    }
  }

  /**
   * How many bytes a graph has, its weights in files beside it included; 0 when it is missing.
   *
   * @throws ModelException INVALID_MODEL when it is malformed, or has weights elsewhere
   */
  public static long bytes(ModelFolder folder, String file) {
    return GraphFile.bytes(folder, file);
  }

  /** Whether a graph's file has a word in it; its weights in files beside it have none. */
  private static boolean names(ModelFolder folder, String file, String word) {
    try (InputStream in = folder.open(file).orElse(null)) {
      String seen = "";
      for (byte[] bytes = next(in); bytes.length > 0; bytes = next(in)) {
        seen += new String(bytes, StandardCharsets.ISO_8859_1);
        if (seen.contains(word)) {
          return true;
        }
        seen = seen.substring(Math.max(0, seen.length() - word.length()));
      }
      return false;
    } catch (IOException e) {
      throw folder.invalid("has a file [" + file + "] that cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] next(InputStream in) throws IOException {
    return in == null ? new byte[0] : in.readNBytes(STRETCH);
  }

  /** Whether it quantises to 8 bits by the largest and smallest numbers of all rows of a run. */
  public boolean quantises() {
    return quantises;
  }

  private static ModelException unloadable(ModelFolder folder, String file, OrtException e) {
    return folder.invalid("has a graph [" + file + "] that cannot be loaded: " + e.getMessage(), e);
  }

  private static OrtSession session(ModelFolder folder, String file, GraphOptions graphOptions)
      throws OrtException {
    bytes(folder, file); // refuses what ONNX Runtime must not open
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(graphOptions.threads());
      graphOptions.provider().addTo(options);
      options.setInterOpNumThreads(1);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL); // exceptions say it
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.addConfigEntry("session.load_model_format", "ONNX"); // as what it was checked
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      Path path = folder.path(file).orElse(null);
      return path == null
          ? environment.createSession(folder.read(file), options)
          : environment.createSession(path.toString(), options);
    }
  }

  /**
   * What a graph takes and gives, whether or not it is of use.
   *
   * @throws ModelException INVALID_MODEL when it cannot be loaded
   */
  public static GraphSignature signature(ModelFolder folder, String file) {
    OrtSession session = null;
    try {
      session = session(folder, file, GraphOptions.onCpu(1));
      return new GraphSignature(
          signature(session.getInputInfo()), signature(session.getOutputInfo()));
    } catch (OrtException e) {
      throw unloadable(folder, file, e);
    } finally {
      if (session != null) {
        close(folder, session);
      }
    }
  }

  private static List<GraphSignature.Tensor> signature(Map<String, NodeInfo> nodes) {
    List<GraphSignature.Tensor> tensors = new ArrayList<>();
    tensors(nodes)
        .forEach(
            (name, info) -> {
              List<Object> shape = new ArrayList<>();
              String[] names = info.getDimensionNames();
              for (int i = 0; i < info.getShape().length; i++) {
                long size = info.getShape()[i];
                shape.add(size >= 0 ? size : names[i].isEmpty() ? "?" : names[i]);
              }
              tensors.add(new GraphSignature.Tensor(name, info.type.name(), shape));
            });
    return tensors;
  }

  private static Map<String, TensorInfo> tensors(Map<String, NodeInfo> nodes) {
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    nodes.forEach(
        (name, node) -> {
          if (node.getInfo() instanceof TensorInfo info) {
            tensors.put(name, info);
          }
        });
    return tensors;
  }

  /** The names of the inputs. */
  public Set<String> inputs() {
    return inputInfo.keySet();
  }

  /**
   * Checks an input that takes rows of whole numbers.
   *
   * @throws ModelException INVALID_MODEL when the graph lacks it, or it takes something else
   */
  public void checkRows(String name) {
    TensorInfo info = inputInfo.get(name);
    if (info == null) {
      throw folder.invalid(
          "has no input [" + name + "] in its graph; it has " + inputInfo.keySet(), null);
    }
    if (info.type != OnnxJavaType.INT64 && info.type != OnnxJavaType.INT32) {
      throw folder.invalid(
          "must have an input [" + name + "] of INT64 or INT32, got [" + info.type + "]", null);
    }
  }

  /**
   * Checks an input that takes what another graph gives: [batch, length, width].
   *
   * @throws ModelException INVALID_MODEL when it takes something else
   */
  public void checkVectors(String name) {
    TensorInfo info = inputInfo.get(name);
    if (info.type != OnnxJavaType.FLOAT || info.getShape().length != 3) {
      throw folder.invalid(
          "must have an input [" + name + "] of FLOAT with 3 dimensions, got [" + info + "]", null);
    }
  }

  /**
   * The output that a configuration leaves unnamed.
   *
   * @param key the configuration's key, for the message
   * @param usual the names that such outputs have; the first that the graph has counts
   */
  public String output(String key, List<String> usual) {
    return usual.stream()
        .filter(outputInfo::containsKey)
        .findFirst()
        .orElseThrow(
            () ->
                folder.invalid(
                    "must say the [" + key + "]; its graph has " + outputInfo.keySet(), null));
  }

  /**
   * The shape of an output, with -1 for dimensions that vary.
   *
   * @param ranks the numbers of dimensions that the caller can read
   * @throws ModelException when the graph lacks the output, or it is of another rank or no float
   */
  public long[] outputShape(String name, Set<Integer> ranks) {
    TensorInfo info = outputInfo.get(name);
    if (info == null) {
      throw folder.invalid(
          "has no output [" + name + "] in its graph; it has " + outputInfo.keySet(), null);
    }
    if (info.type != OnnxJavaType.FLOAT && info.type != OnnxJavaType.FLOAT16) {
      throw folder.invalid(
          "must have an output [" + name + "] of FLOAT or FLOAT16, got [" + info.type + "]", null);
    }
    long[] shape = info.getShape();
    if (ranks.contains(shape.length) == false) {
      throw folder.invalid(
          "must have an output ["
              + name
              + "] with "
              + ranks
              + " dimensions, got ["
              + shape.length
              + "]",
          null);
    }
    return shape;
  }

  /**
   * How many dimensions of an output's vectors are kept.
   *
   * @param rank the number of dimensions that the output itself must have
   * @param kept how many the configuration keeps, or null for all
   * @throws ModelException when the graph leaves it open, or gives fewer than are kept
   */
  public int dimension(String output, int rank, Integer kept) {
    long given = outputShape(output, Set.of(rank))[rank - 1];
    if (given > MAX_DIMENSION) {
      throw folder.invalid(
          "must have an output ["
              + output
              + "] of at most ["
              + MAX_DIMENSION
              + "] dimensions per vector, got ["
              + given
              + "]",
          null);
    }
    if (kept == null && given == -1) {
      throw folder.invalid(
          "must say the [dimension] of output [" + output + "], which its graph leaves open", null);
    }
    if (kept != null && given != -1 && kept > given) {
      throw folder.invalid(
          "must have a [dimension] of at most ["
              + given
              + "] for output ["
              + output
              + "], got ["
              + kept
              + "]",
          null);
    }
    return kept == null ? (int) given : kept;
  }

  /**
   * An output of a run.
   *
   * @param model the model's id, for messages
   * @param name the output's name
   * @param shape its shape
   * @param values its values, row by row
   */
  public record Output(String model, String name, long[] shape, float[] values) {

    /** How many values a row, or a token of a row, has. */
    public int width() {
      return (int) shape[shape.length - 1];
    }

    /**
     * Refuses an output of other rows than the run had, of which some would be read as others.
     *
     * @param rows how many there are
     * @param length the tokens of each
     */
    public void checkRows(int rows, int length) {
      boolean perToken = shape.length > 2;
      checkShape(
          shape.length > 0 && shape[0] == rows && (perToken == false || shape[1] == length),
          perToken ? rows + ", " + length + ", ..." : rows + ", ...");
    }

    /** Refuses a run whose rows, which the graph left open, do not have the wanted length. */
    public void checkShape(boolean fits, String wanted) {
      if (fits == false) {
        throw failed("must be of shape [" + wanted + "], got " + Arrays.toString(shape));
      }
    }

    /** Refuses a value that is infinite or no number. */
    public void checkFinite(float value) {
      if (Float.isFinite(value) == false) {
        throw failed("must have finite values, got [" + value + "]");
      }
    }

    private ModelException failed(String what) {
      return new ModelException(
          ModelException.Kind.FAILED,
          "model [" + model + "] failed: output [" + name + "] " + what);
    }
  }

  /**
   * Runs the graph.
   *
   * @param rows whole numbers by input, [batch][length]
   * @param vectors what other runs gave, by input
   * @param outputs the outputs wanted
   */
  public Map<String, Output> run(
      Map<String, long[][]> rows, Map<String, Output> vectors, Set<String> outputs) {
    try (Feed feed = new Feed()) {
      for (Map.Entry<String, long[][]> input : rows.entrySet()) {
        feed.put(input.getKey(), input.getValue(), inputInfo.get(input.getKey()).type);
      }
      for (Map.Entry<String, Output> input : vectors.entrySet()) {
        feed.put(input.getKey(), input.getValue());
      }
      return run(feed, outputs);
    } catch (OrtException e) {
      throw failed(e);
    }
  }

  private Map<String, Output> run(Feed feed, Set<String> outputs) throws OrtException {
    try (BoundedRun bounded = new BoundedRun(maxTime);
        OrtSession.Result result = session.run(feed.tensors(), outputs, bounded.options())) {
      Map<String, Output> values = new HashMap<>();
      for (String name : outputs) {
        values.put(name, output(name, (OnnxTensor) result.get(name).orElseThrow()));
      }
      return values;
    }
  }

  /** Copies an output to the heap, which must be of the rank and the size that can be read. */
  private Output output(String name, OnnxTensor tensor) {
    long[] shape = tensor.getInfo().getShape();
    Output empty = new Output(folder.id(), name, shape, new float[0]);
    int rank = outputInfo.get(name).getShape().length;
    empty.checkShape(shape.length == rank, "of [" + rank + "] dimensions");
    empty.checkShape(
        tensor.getInfo().getNumElements() <= MAX_OUTPUT, "at most " + MAX_OUTPUT + " values");
    float[] floats = tensor.getFloatBuffer().array(); // a copy already
    return new Output(folder.id(), name, shape, floats);
  }

  private ModelException failed(OrtException e) {
    return new ModelException(
        ModelException.Kind.FAILED,
        "model [" + folder.id() + "] failed to run: " + e.getMessage(),
        e);
  }

  @Override
  public void close() {
    close(folder, session);
  }

  private static void close(ModelFolder folder, OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      throw new ModelException(
          ModelException.Kind.FAILED,
          "model [" + folder.id() + "] could not be closed: " + e.getMessage(),
          e);
    }
  }
}
