import { bundleFunctions } from './bundle.ts';
import { documents } from './documents.ts';
import { functionsOf, relayFunction } from './functions.ts';
import { leadline } from './leadline.ts';
import { services } from './services.ts';

const bundles = await bundleFunctions({ functions: [...services.flatMap(functionsOf), relayFunction], extras: await documents(services) });

leadline({ services, bundleOf: bundles.of }).app.synth();
