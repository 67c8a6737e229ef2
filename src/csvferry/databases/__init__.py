"""The target databases behind one seam."""
