/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.published;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code ./trident model add}: fetches a published model with Maven and gives it to a node. */
public final class ModelCommand {

  private ModelCommand() {}

  /** Runs the command. */
  public static void main(String[] arguments) throws IOException {
    System.exit(run(arguments, System.out));
  }

  /** Runs the command, and returns its status. */
  static int run(String[] arguments, PrintStream out) throws IOException {
    if (arguments.length != 4
        || arguments[0].equals("add") == false
        || arguments[2].equals("--node") == false) {
      out.println("usage: ./trident model add MODEL --node FOLDER");
      out.println("  MODEL   one of " + String.join(", ", PublishedModel.ids()));
      out.println("  FOLDER  an installed OpenSearch, or its configuration");
      return 2;
    }
    try {
      PublishedModel model = PublishedModel.of(arguments[1]);
      // the launcher changes to its own folder
      Path caller = Path.of(System.getProperty("trident.caller", ""));
      Path target = model.target(caller.resolve(arguments[3]));
      out.println("Fetching " + model.artifact());
      model.unpack(fetch(model), target);
      out.println("Added " + target);
      out.println(
          "A request names it, as in {\"text\": \"…\", \"model\": \""
              + model.id()
              + "\"}; the node may stay up.");
      return 0;
    } catch (IllegalArgumentException | IOException e) {
      out.println(e.getMessage());
      return 1;
    }
  }

  /** Lets Maven fetch the artifact from where its settings say, or find it where it was kept. */
  private static Path fetch(PublishedModel model) throws IOException {
    Path folder = Path.of("demo/target/published").toAbsolutePath();
    List<String> command =
        List.of(
            "mvn",
            "--batch-mode",
            "--no-transfer-progress",
            "--quiet",
            "--non-recursive",
            "dependency:copy",
            "-Dartifact=" + model.artifact(),
            "-DoutputDirectory=" + folder);
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException("Maven could not fetch [" + model.artifact() + "]");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    String[] parts = model.artifact().split(":", -1);
    Path jar = folder.resolve(parts[1] + "-" + parts[2] + ".jar");
    if (Files.exists(jar) == false) {
      throw new IOException("Maven left no [" + jar + "]");
    }
    return jar;
  }
}
