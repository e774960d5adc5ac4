UPDATE treatments SET tooth_fdi = NULL;
