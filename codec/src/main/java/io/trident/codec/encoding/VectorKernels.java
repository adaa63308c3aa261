/*
 * Copyright Trident contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package io.trident.codec.encoding;

import java.lang.reflect.InvocationTargetException;
import org.apache.lucene.util.Constants;

/**
 * Chooses between the twins of a kernel, once, when the kernel's users are loaded. The SIMD twin is
 * taken when the module {@code jdk.incubator.vector} is there, the optimising compiler is, and the
 * twin accepts the machine; the scalar twin otherwise. Twins give the same results to the last bit,
 * so that replicas on different machines agree. Stateless.
 */
public final class VectorKernels {

  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final String PANAMA = VectorKernels.class.getPackageName() + ".panama.";

  private VectorKernels() {}

  /**
   * The twin of a kernel to use.
   *
   * @param kernel the kernel's interface
   * @param panama the simple name of the SIMD twin in {@code io.trident.codec.encoding.panama}; its
   *     constructor has no parameters and throws {@link UnsupportedOperationException} when the
   *     machine's vectors are too short for it
   * @param scalar the scalar twin
   */
  public static <K> K choose(Class<K> kernel, String panama, K scalar) {
    return isVectorModulePresent() && Constants.IS_CLIENT_VM == false
        ? load(kernel, panama, scalar)
        : scalar;
  }

  private static boolean isVectorModulePresent() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static <K> K load(Class<K> kernel, String panama, K scalar) {
    try {
      return kernel.cast(Class.forName(PANAMA + panama).getConstructor().newInstance());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof UnsupportedOperationException) {
        return scalar;
      }
      throw new LinkageError("kernel [" + panama + "] could not be made", e);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("kernel [" + panama + "] could not be made", e);
    }
  }
}
