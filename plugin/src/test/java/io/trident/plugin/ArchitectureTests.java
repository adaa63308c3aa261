/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.lucene.tests.util.LuceneTestCase;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.opensearch.common.io.PathUtils;

/** The arrows between the modules and their packages, and the libraries that each may know. */
public class ArchitectureTests extends LuceneTestCase {

  private static final String MODELS = "io.trident.models..";
  private static final String MODELS_API = "io.trident.models.api..";
  private static final String CODEC = "io.trident.codec..";
  private static final String QUERY = "io.trident.query..";
  private static final String INGEST = "io.trident.ingest..";
  private static final String PLUGIN = "io.trident.plugin..";
  private static final String LUCENE = "org.apache.lucene..";
  private static final String OPENSEARCH = "org.opensearch..";
  private static final String ONNX = "ai.onnxruntime..";
  private static final String TOKENIZERS = "ai.djl..";

  private static JavaClasses trident;

  @BeforeClass
  public static void readClasses() {
    trident =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.trident");
  }

  @AfterClass
  public static void forgetClasses() {
    trident = null;
  }

  private static void check(ArchRule rule) {
    rule.check(trident);
  }

  /** Guards the other tests: rules hold of nothing. */
  public void testAllModulesAreRead() {
    for (String root : new String[] {"models.api", "codec", "query.lucene", "ingest", "plugin"}) {
      assertTrue(root, trident.containPackage("io.trident." + root));
    }
  }

  public void testModelsKnowNoSearchEngine() {
    check(
        noClasses()
            .that()
            .resideInAPackage(MODELS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(LUCENE, OPENSEARCH, CODEC, QUERY, INGEST, PLUGIN));
  }

  public void testModelsApiKnowsTheJdkAlone() {
    check(
        classes()
            .that()
            .resideInAPackage(MODELS_API)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(MODELS_API, "java.."));
  }

  public void testOnePackageRunsGraphs() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.trident.models.onnx..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ONNX));
  }

  public void testOnePackageTokenizes() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.trident.models.tokenizer..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(TOKENIZERS));
  }

  public void testCodecKnowsLuceneAlone() {
    check(
        classes()
            .that()
            .resideInAPackage(CODEC)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(CODEC, LUCENE, "java..", "jdk.incubator.vector.."));
  }

  public void testLuceneQueriesKnowNoOpenSearch() {
    check(
        classes()
            .that()
            .resideInAPackage("io.trident.query.lucene..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.trident.query.lucene..", CODEC, LUCENE, "java.."));
  }

  public void testQueriesAndIngestSeeTheModelsApiAlone() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(QUERY, INGEST)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "io.trident.models.config..",
                "io.trident.models.encoder..",
                "io.trident.models.folder..",
                "io.trident.models.onnx..",
                "io.trident.models.runtime..",
                "io.trident.models.tokenizer.."));
  }

  public void testQueriesAndIngestDoNotSeeEachOther() {
    check(
        noClasses()
            .that()
            .resideInAPackage(QUERY)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(INGEST));
    check(
        noClasses()
            .that()
            .resideInAPackage(INGEST)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(QUERY, CODEC, LUCENE));
  }

  public void testNobodySeesThePlugin() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(PLUGIN)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(PLUGIN));
  }

  public void testPackagesHaveNoCycles() {
    check(slices().matching("io.trident.(**)").should().beFreeOfCycles());
  }

  /** The map in the documents has a line for every package, and names classes that exist. */
  public void testTheMapIsComplete() throws IOException {
    String map = Files.readString(PathUtils.get("..", "docs", "architecture.md"));
    Set<String> names = new HashSet<>();
    for (JavaClass known : trident) {
      names.add(known.getSimpleName());
      String row = "| `" + known.getPackageName() + "` |";
      assertTrue(
          row, known.getPackageName().startsWith("io.trident.benchmarks") || map.contains(row));
    }
    Matcher named = Pattern.compile("`([A-Z][a-z]+[A-Z]\\w*)`").matcher(map);
    while (named.find()) {
      String name = named.group(1);
      assertTrue(name, names.contains(name) || name.equals(getClass().getSimpleName()));
    }
  }

  public void testContributingNamesFilesThatExist() throws IOException {
    Path project = PathUtils.get("..");
    String text = Files.readString(project.resolve("CONTRIBUTING.md"));
    Matcher named = Pattern.compile("`([\\w.-]+(?:/[\\w.-]+)+\\.\\w+)`").matcher(text);
    assertTrue(named.find());
    do {
      assertTrue(named.group(1), Files.exists(project.resolve(named.group(1))));
    } while (named.find());
  }
}
