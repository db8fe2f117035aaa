"""What bar codes say: symbology, GTIN, GS1 elements, scale labels. Pure; knows no article."""
