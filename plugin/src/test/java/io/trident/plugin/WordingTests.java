/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.opensearch.common.io.PathUtils;

/** The rules of wording that a pattern can check, over all code and documents of the project. */
public class WordingTests extends LuceneTestCase {

  /** What a pattern finds, and what to write instead. */
  private record Rule(Pattern wrong, String right) {

    void find(String where, String text, List<String> found) {
      wrong
          .matcher(text)
          .results()
          .map(match -> where + ": write " + right + ", not [" + match.group() + "]")
          .forEach(found::add);
    }
  }

  /** A space, or the end of a line and the sign of a comment. */
  private static final String SPACE = "\\s+(?:[*#]\\s+)?";

  private static final String AN = SPACE + "an?" + SPACE;

  private static final List<Rule> RULES =
      List.of(
          new Rule(Pattern.compile("\\b(?:MOST|LEAST|LARGEST|SMALLEST)_[A-Z]\\w*"), "MAX_ or MIN_"),
          new Rule(
              Pattern.compile(
                  "\\b(?:bits?|bytes?|levels|documents|tokens|vectors|queries|searches|requests|texts)"
                      + (AN + "(?:second|minute|dimension)\\b")),
              "[per]"),
          new Rule(
              Pattern.compile(
                  ("(?:\\b(?:one|\\d[\\d.,]*)|%[\\d.,]*[df])" + SPACE)
                      + "(?:bits?|bytes|vectors?|weights?|scores?|values?|impacts?|numbers?|ids?|sum"
                      + "|encoding|result|object|tokens|documents|postings|terms|runs?|ns|ms"
                      + "|microseconds|milliseconds|kB|MB|GB)"
                      + (AN + "(?:bit|token|vector|document|query|posting|text|shard|leg|block")
                      + "|term|number|pair|hit|request|segment|search|run|batch|passage|line)\\b"),
              "[per]"));

  private static final Set<String> FOLDERS = Set.of("docs", "models/training", "models/python");

  private static List<String> found(String where, String text) {
    List<String> found = new ArrayList<>();
    RULES.forEach(rule -> rule.find(where, text, found));
    return found;
  }

  public void testRulesFindWhatTheyForbid() {
    for (String wrong :
        new String[] {
          "int MOST" + "_TEXTS", "36.9 bytes " + "a vector", "documents\n   * " + "a second"
        }) {
      assertEquals(wrong, 1, found("here", wrong).size());
    }
    assertEquals(List.of(), found("here", "MAX_TEXTS bytes per token, and one token per query"));
  }

  /** The code of all modules, the folders of documents and tools, and the project's own files. */
  private static Stream<Path> files() throws IOException {
    Path project = PathUtils.get("..");
    List<Path> files = new ArrayList<>();
    try (Stream<Path> children = Files.walk(project, 2)) {
      for (Path child : children.toList()) {
        if (FOLDERS.contains(project.relativize(child).toString()) || child.endsWith("src")) {
          try (Stream<Path> inside = Files.walk(child)) {
            inside.forEach(files::add);
          }
        } else if (project.equals(child.getParent())) {
          files.add(child);
        }
      }
    }
    return files.stream().filter(file -> file.toString().matches(".*\\.(?:java|py|md)"));
  }

  public void testCodeAndDocumentsKeepTheRules() throws IOException {
    List<Path> files = files().toList();
    String here = getClass().getSimpleName() + ".java";
    assertTrue(here, files.stream().anyMatch(file -> file.endsWith(here)));
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      found.addAll(found(file.toString(), Files.readString(file)));
    }
    assertEquals(String.join("\n", found), List.of(), found);
  }
}
