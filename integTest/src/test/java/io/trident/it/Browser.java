/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.it;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Chromium with the page in it. */
final class Browser implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ChromeDriver driver;

  private Browser(Path chromium, Path chromedriver) {
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options =
        new ChromeOptions()
            .setBinary(chromium.toFile())
            .addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage");
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.toFile())
            .usingAnyFreePort()
            .build();
    driver = new ChromeDriver(service, options);
  }

  /** Starts the browser of the machine; empty when it has none. */
  static Optional<Browser> start() {
    Optional<Path> chromium = program("chromium");
    Optional<Path> chromedriver = program("chromedriver");
    return chromium.flatMap(browser -> chromedriver.map(driver -> new Browser(browser, driver)));
  }

  private static Optional<Path> program(String name) {
    return Stream.of(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Opens an address in a page that knows nothing of the one before. */
  void open(String address) {
    driver.get("about:blank");
    driver.get(address);
    waitFor("return document.querySelector('#index') !== null");
  }

  /** Shows the page as on a screen of a size, which windows cannot have when it is small. */
  void emulate(int width, int height, boolean dark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    String scheme = dark ? "dark" : "light";
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Types a query and searches; waits for the answer. */
  void search(String text) {
    WebElement field = find("#text");
    field.clear();
    field.sendKeys(text, Keys.ENTER);
    settle();
  }

  /** Waits until the page has shown the answer of its last search. */
  void settle() {
    waitFor("return document.querySelector('#results').ariaBusy === 'false'");
  }

  /** Waits for what a script answers. */
  void waitFor(String script) {
    new WebDriverWait(driver, PATIENCE, Duration.ofMillis(20))
        .withMessage(() -> script + " in: " + find("body").getText())
        .until(ignored -> Boolean.TRUE.equals(driver.executeScript(script)));
  }

  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  WebElement find(String selector) {
    return driver.findElement(By.cssSelector(selector));
  }

  /** The texts of elements. */
  List<String> texts(String selector) {
    return driver.findElements(By.cssSelector(selector)).stream().map(WebElement::getText).toList();
  }

  /** The values of an attribute of elements. */
  List<String> values(String selector, String attribute) {
    return driver.findElements(By.cssSelector(selector)).stream()
        .map(element -> element.getDomAttribute(attribute))
        .toList();
  }

  /** Presses a key wherever the focus is. */
  void press(CharSequence... keys) {
    driver.switchTo().activeElement().sendKeys(keys);
  }

  /** Keeps what the page looks like. */
  void screenshot(String name) throws IOException {
    Path folder = Files.createDirectories(Path.of(System.getProperty("trident.screenshots")));
    Files.write(folder.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
  }

  /** What the console has said since it was last asked, all levels. */
  List<String> console() {
    List<String> lines = new ArrayList<>();
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      lines.add(entry.getMessage());
    }
    return lines;
  }

  /** The rules of accessibility that the page breaks seriously, with the elements. */
  @SuppressWarnings("unchecked")
  List<String> barriers() throws IOException {
    try (InputStream axe = Browser.class.getResourceAsStream("/axe.min.js")) {
      driver.executeScript(new String(axe.readAllBytes(), StandardCharsets.UTF_8));
    }
    return (List<String>)
        driver.executeAsyncScript(
            """
            const done = arguments[arguments.length - 1];
            axe.run().then((result) => done(result.violations
              .filter((rule) => ["serious", "critical"].includes(rule.impact))
              .map((rule) => rule.id + ": " + rule.nodes.map((node) => node.html).join(" "))));
            """);
  }

  /** Fails when the page asked anyone but the server that it came from. */
  void askedNobodyElse() {
    assertEquals(
        List.of(),
        driver.executeScript(
            """
            return performance.getEntriesByType("resource").map((entry) => entry.name)
              .filter((name) => !name.startsWith(location.origin + "/"));
            """));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
