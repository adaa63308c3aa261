/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.plugin.models.store;

import io.trident.models.api.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.After;
import org.junit.Before;
import org.opensearch.test.OpenSearchTestCase;

/** Where models are fetched from, whatever a request or a server's redirect asks for. */
public class ModelDownloadsTests extends OpenSearchTestCase {

  private final AtomicLong nanos = new AtomicLong();
  private RedirectingSite server;
  private String site;

  @Before
  public void start() throws IOException {
    server = new RedirectingSite();
    site = "http://" + server.host();
  }

  @After
  public void stop() throws IOException {
    server.close();
  }

  private ModelDownloads downloads(String... allowed) {
    return new ModelDownloads(List.of(allowed), 1_000, nanos::get);
  }

  private void refused(ModelDownloads downloads, String url, String reason) {
    ModelException e = expectThrows(ModelException.class, () -> downloads.open(url).close());
    assertEquals(ModelException.Kind.BAD_REQUEST, e.kind());
    assertTrue(e.getMessage(), e.getMessage().contains(reason));
    assertTrue("messages are short", e.getMessage().length() < 1_000);
  }

  public void testRedirectsAreFollowedWhereTheSettingAllows() throws IOException {
    server.redirect("/models/moved", "/models/here");
    try (InputStream in = downloads(site + "/models/").open(site + "/models/moved")) {
      assertEquals("/models/here", new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  public void testRedirectsElsewhereAreRefused() {
    ModelDownloads downloads = downloads(site + "/models/");
    List<String> elsewhere =
        List.of(
            "/secret",
            "//169.254.169.254/models/",
            "file:///etc/passwd",
            "jar:file:/etc/x.jar!/models/",
            "ftp://" + server.host() + "/models/",
            "https://" + server.host() + "/models/",
            "http://user@" + server.host() + "/models/",
            "http://localhost.example/models/",
            "mailto:models",
            "/models/../secret",
            "/models/%2e%2e/secret");
    for (int i = 0; i < elsewhere.size(); i++) {
      server.redirect("/models/" + i, elsewhere.get(i));
      refused(downloads, site + "/models/" + i, "[trident.models.allowed_urls]");
    }
  }

  public void testARedirectToWhatIsNoUrlIsRefused() {
    server.redirect("/models/bad", "http://[not a URL" + "x".repeat(5_000));
    refused(downloads(site + "/models/"), site + "/models/bad", "must redirect to a URL");
  }

  public void testRedirectsInACircleEnd() {
    server.redirect("/models/round", "/models/round");
    refused(downloads(site + "/models/"), site + "/models/round", "redirects more than");
  }

  /** Servers undo these before they look for a file. */
  public void testPathsThatLeadUpInDisguiseAreRefused() {
    ModelDownloads downloads = downloads(site + "/models/");
    String slash = randomFrom("/", "%2f", "%2F", "%5c", "%252f");
    for (String up : List.of("%2e%2e", ".%2e", "%2E.", "%252e%252e", "..;", "..;v=1", "..%3b")) {
      String url = site + "/models/x" + slash + up + "/secret";
      refused(downloads, url, "[trident.models.allowed_urls]");
    }
    refused(downloads, site + "/models/%2e%2e", "[trident.models.allowed_urls]");
    refused(downloads, site + "/models/x%2f..", "[trident.models.allowed_urls]");
  }

  public void testPathsThatOnlyLookLikeItAreFetched() throws IOException {
    ModelDownloads downloads = downloads(site + "/models/");
    for (String path : List.of("group%2Fproject/model.onnx", "v1..2/model", "...", "a%20b")) {
      try (InputStream in = downloads.open(site + "/models/" + path)) {
        assertEquals("/models/" + path, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
  }

  /** An administrator may have listed a name that stands for such an address by now. */
  public void testHostsOfTheLinkAreRefused() {
    for (String host :
        List.of("169.254.169.254", "[fe80::1]", "[::ffff:169.254.1.1]", "0.0.0.0", "224.0.0.1")) {
      String prefix = "http://" + host + "/";
      refused(downloads(prefix), prefix + "latest/meta-data", "an address of its own");
    }
  }

  public void testAServerThatDripsIsLeft() throws IOException {
    try (InputStream in = downloads(site + "/").open(site + "/long")) {
      assertEquals('/', in.read());
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      assertEquals('l', in.read());
      nanos.incrementAndGet();
      ModelException e = expectThrows(ModelException.class, () -> in.readNBytes(10));
      assertTrue(e.getMessage(), e.getMessage().contains("takes longer than"));
    }
  }

  public void testOnlyFoldersOfHttpServersCanBeAllowed() {
    for (String url :
        List.of("file:///models/", "ftp://host/", "https://host/x", "https:///", "https:x/", "/")) {
      expectThrows(IllegalArgumentException.class, () -> downloads(url));
    }
  }
}
