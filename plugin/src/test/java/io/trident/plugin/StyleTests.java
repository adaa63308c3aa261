/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.opensearch.common.io.PathUtils;

/**
 * The house's rules of shape that can be counted, over the Java of all modules: lengths, names,
 * what each package has. What is longer for a reason is listed with it, and leaves the list when it
 * is not longer any more.
 */
public class StyleTests extends LuceneTestCase {

  private static final int MAX_MAIN_LINES = 500;
  private static final int MAX_TEST_LINES = 850;
  private static final int MAX_MAIN_METHOD_LINES = 60;
  private static final int MAX_TEST_METHOD_LINES = 85;

  /** A lambda of more has a name, and is a method. */
  private static final int MAX_LAMBDA_LINES = 20;

  /** Files and methods, by {@code File} or {@code File.method}, that may be longer. */
  private static final Map<String, String> ACCEPTED =
      Map.of(
          "FusionQueryBuilderTests.refusedJson", "a table: a line per refusal",
          "NeuralTextQueriesIT.testAQueryIsAFusionInEveryWay", "a table: a query and its fusion",
          "PanamaMaxSimKernel.fourTokensWide", "twelve sums in registers, each written out",
          "PanamaSignKernel.pair", "eight sums in registers, each written out");

  private static final Pattern VAGUE = Pattern.compile(".*(?:Manager|Helper|Utils?|Impl)");
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(?:TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  /** Where a method begins: no statement, no type, no constant. */
  private static final Pattern METHOD =
      Pattern.compile(
          "^(?!.*(?:=|\\b(?:class|record|interface|enum)\\s))"
              + "(?!(?:if|for|while|switch|try|catch|do|else|return|throw|case|default|synchronized \\()\\b)"
              + "(?:[\\w<>\\[\\],.?@&() ]+ )?(\\w*[a-z]\\w*)\\([^.]*$");

  private static final Pattern LAMBDA = Pattern.compile("(?!case |default ).*-> \\{");

  private static List<Path> files;

  /** Lines by file or method, of those that are too long. */
  private static Map<String, Integer> tooLong;

  @BeforeClass
  public static void readFiles() throws IOException {
    Path project = PathUtils.get("..");
    files = new ArrayList<>();
    try (Stream<Path> modules = Files.list(project)) {
      for (Path source : modules.map(module -> module.resolve("src")).toList()) {
        if (Files.isDirectory(source)) {
          try (Stream<Path> inside = Files.walk(source)) {
            inside.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
          }
        }
      }
    }
    tooLong = new TreeMap<>();
    for (Path file : files) {
      tooLong.putAll(new Lengths(name(file), isMain(file), Files.readAllLines(file)).found());
    }
  }

  @AfterClass
  public static void forgetFiles() {
    files = null;
    tooLong = null;
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".java", "");
  }

  private static boolean isMain(Path file) {
    return file.toString().replace('\\', '/').contains("/src/main/");
  }

  /**
   * Finds what of a file is too long. The formatter has put each block's end under the start of its
   * statement, so that indentation says what belongs together.
   */
  private static final class Lengths {
    private final String file;
    private final boolean main;
    private final List<String> lines;

    private final Map<String, Integer> found = new TreeMap<>();

    private Lengths(String file, boolean main, List<String> lines) {
      this.file = file;
      this.main = main;
      this.lines = code(lines);
    }

    /** The lines, those inside of text blocks as blank ones. */
    private static List<String> code(List<String> lines) {
      List<String> code = new ArrayList<>();
      boolean text = false;
      for (String line : lines) {
        boolean toggles = line.split("\"\"\"", -1).length % 2 == 0;
        code.add(text && toggles == false ? "" : line);
        text ^= toggles;
      }
      return code;
    }

    /** Lines by file or method, of those that are too long. */
    private Map<String, Integer> found() {
      check(file, lines.size(), main ? MAX_MAIN_LINES : MAX_TEST_LINES);
      for (int end = 0; end < lines.size(); end++) {
        if (lines.get(end).strip().startsWith("}")) {
          checkBlock(start(end), end);
        }
      }
      return found;
    }

    /** Where the statement or declaration begins whose block ends in a line. */
    private int start(int end) {
      int start = end - 1;
      while (start > 0
          && (lines.get(start).isBlank() || indent(lines.get(start)) > indent(lines.get(end)))) {
        start--;
      }
      return start;
    }

    private static int indent(String line) {
      return line.length() - line.stripLeading().length();
    }

    private void checkBlock(int start, int end) {
      String statement = lines.get(start).strip();
      Matcher method = METHOD.matcher(statement);
      if (method.find()) {
        String name = file + "." + method.group(1);
        check(name, end - start + 1, main ? MAX_MAIN_METHOD_LINES : MAX_TEST_METHOD_LINES);
      } else if (main && LAMBDA.matcher(statement).matches()) {
        check(file + " ->", end - start + 1, MAX_LAMBDA_LINES);
      }
    }

    private void check(String what, int lines, int most) {
      if (lines > most) {
        found.merge(what, lines, Math::max);
      }
    }
  }

  /** Guards the other tests: rules hold of nothing. */
  public void testAllModulesAreRead() {
    Set<String> names = new HashSet<>();
    files.forEach(file -> names.add(name(file)));
    for (String known :
        new String[] {
          "OnnxModel", "TridentCodec", "MaxSimQuery", "EncodeProcessor", "StyleTests"
        }) {
      assertTrue(known, names.contains(known));
    }
  }

  public void testLengthsAreThoseOfMethodsAndLambdas() {
    List<String> lines = new ArrayList<>(List.of("class A {", "  int b(", "      int c) {"));
    lines.addAll(List.of("    if (c > 0) {", "      d(", "          e -> {"));
    for (int i = 0; i < MAX_MAIN_METHOD_LINES; i++) {
      lines.add(i % 2 == 0 ? "            f(\"}\");" : "");
    }
    lines.addAll(List.of("          });", "    }", "  }", "}"));
    Map<String, Integer> expected =
        Map.of("A ->", MAX_MAIN_METHOD_LINES + 2, "A.b", MAX_MAIN_METHOD_LINES + 8);
    assertEquals(expected, new Lengths("A", true, lines).found());
    assertEquals(Map.of(), new Lengths("A", false, lines).found());
  }

  public void testNothingIsLongWithoutAReason() {
    Map<String, Integer> breaches = new TreeMap<>(tooLong);
    breaches.keySet().removeAll(ACCEPTED.keySet());
    assertEquals("lines by file or method that is too long", Map.of(), breaches);
  }

  public void testReasonsAreOfWhatIsLong() {
    Set<String> stale = new HashSet<>(ACCEPTED.keySet());
    stale.removeAll(tooLong.keySet());
    assertEquals("accepted, and not too long any more", Set.of(), stale);
  }

  public void testPackagesSayWhatTheyAreFor() {
    Set<Path> folders = new HashSet<>();
    files.stream().filter(StyleTests::isMain).forEach(file -> folders.add(file.getParent()));
    assertFalse(folders.isEmpty());
    folders.removeIf(folder -> Files.exists(folder.resolve("package-info.java")));
    assertEquals("packages without package-info.java", Set.of(), folders);
  }

  public void testClassesHaveNamesThatSaySomething() {
    assertTrue(VAGUE.matcher("Index" + "Manager").matches());
    assertEquals(List.of(), files.stream().filter(f -> VAGUE.matcher(name(f)).matches()).toList());
  }

  public void testNothingIsLeftForLater() throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path file : files) {
      if (UNFINISHED.matcher(Files.readString(file)).find()) {
        found.add(file);
      }
    }
    assertEquals(List.of(), found);
  }
}
