/**
 * What the rest of Trident knows of models: the {@link io.trident.models.api.Inference} that runs
 * them, and the values that go in and come out. Depends on the JDK alone.
 */
package io.trident.models.api;
